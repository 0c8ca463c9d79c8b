{{ config(materialized='view', bind=false) }}
select id, customer, total from {{ ref('raw_orders') }} where not paid
