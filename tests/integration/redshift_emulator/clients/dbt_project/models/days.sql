{{ config(materialized='materialized_view', dist='day', sort=['day', 'orders']) }}
select date(ordered) as day, count(*) as orders from {{ ref('raw_orders') }} group by 1
