{{ config(materialized='incremental', incremental_strategy='append',
          on_schema_change='append_new_columns') }}
select id, total {% if is_incremental() %}, customer {% endif %}
from {{ ref('raw_orders') }}
{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}
