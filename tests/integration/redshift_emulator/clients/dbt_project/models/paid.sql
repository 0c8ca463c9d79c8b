{{ config(materialized='view') }}
select id, total from {{ ref('raw_orders') }} where paid
