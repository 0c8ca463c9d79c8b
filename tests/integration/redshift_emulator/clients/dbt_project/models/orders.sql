{{ config(materialized='table', dist='id', sort=['day', 'id'], contract={'enforced': true}) }}
select id, customer, total, date(ordered) as day from {{ ref('raw_orders') }}
