{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id') }}
select id, total from {{ ref('raw_orders') }}
{% if is_incremental() %} where id >= 3 {% endif %}
