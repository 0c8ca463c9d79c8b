{{ config(materialized='table') }}
select customer, total from {{ ref('sums') }}
