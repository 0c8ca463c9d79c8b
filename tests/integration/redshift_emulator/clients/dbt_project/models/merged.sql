{{ config(materialized='incremental', incremental_strategy='merge', unique_key='id') }}
select id, total from {{ ref('raw_orders') }}
{% if is_incremental() %} where id <> 2 {% endif %}
