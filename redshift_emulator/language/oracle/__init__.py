"""What Redshift has of Oracle's SQL: the outer join operator (+), and CONNECT BY."""
