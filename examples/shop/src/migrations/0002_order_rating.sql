-- 0: not rated. Release 1.0.0 goes on without knowing the column.
ALTER TABLE orders ADD COLUMN rating integer NOT NULL DEFAULT 0;
CREATE INDEX orders_rated ON orders (id DESC) WHERE rating > 0;
