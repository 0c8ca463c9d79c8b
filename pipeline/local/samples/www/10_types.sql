-- Types that a shop of some age has collected.

CREATE EXTENSION hstore;

CREATE SCHEMA billing;

CREATE TYPE order_status AS ENUM ('cart', 'placed', 'paid', 'shipped', 'delivered', 'cancelled',
    'sent back');
CREATE TYPE address_kind AS ENUM ('home', 'work', 'pick-up point');
CREATE TYPE geo_point AS (latitude double precision, longitude double precision);

CREATE DOMAIN barcode AS varchar(13) CHECK (VALUE ~ '^[0-9]{8,13}$');
CREATE DOMAIN email_address AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN positive_amount AS numeric(19,4) CHECK (VALUE >= 0);
