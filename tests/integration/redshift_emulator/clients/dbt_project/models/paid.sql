{{ config(materialized='view') }}
select id, total, customer || '!' as called, total * 2 as doubled from {{ ref('raw_orders') }} where paid
