# The variables that luigi and pipeline read. Use: . ./secrets.sh
# This file holds passwords: only its owner can read it, and git ignores it.

export LUIGI_CONFIG_PATH=config/luigi.cfg

# The local stack, which 'pipeline local up' starts. For your own databases, replace this line by
# those below. A connection string may omit its password, which is then read from ~/.pgpass.
eval "$(pipeline local env)"

# export DATA_WAREHOUSE_ADMIN='postgresql://admin:PASSWORD@CLUSTER:5439/warehouse?sslmode=require'
# export DATA_WAREHOUSE_ETL='postgresql://dw:PASSWORD@CLUSTER:5439/warehouse?sslmode=require'
# export DATABASE_PRODUCTION='postgresql://reader:PASSWORD@REPLICA:5432/www?sslmode=require'

# The URL of a chat, if luigi.cfg has 'notify = WAREHOUSE_CHAT':
# export WAREHOUSE_CHAT='https://hooks.slack.com/services/…'
