-- The guarantees of the data. Each query finds the rows that violate one.
--
-- They run on Redshift, PostgreSQL and SQLite. The heading of a query is the number of its guarantee and the name of the
-- check; comment lines below it explain it. A heading that starts with "fragment" names common table expressions, which
-- later queries include by name in braces. Other names in braces are the figures of `Facts`.
--
-- Dates are written as the engine requires, and a date minus a date is a number of days. Money may be in any unit, as no
-- query adds a constant to it.

-- fragment movements
-- Receipts and shipments of each product in each warehouse, by day.
movements AS (
    SELECT
        h.warehouse_code AS warehouse_code,
        l.product_code AS product_code,
        h.order_date AS day,
        0 AS received,
        l.fulfilled_quantity AS shipped
    FROM sales_order_line l
    JOIN sales_order_header h ON h.sales_order_number = l.sales_order_number
    UNION ALL
    SELECT
        h.warehouse_code,
        l.product_code,
        h.actual_delivery_date,
        l.received_quantity,
        0
    FROM purchase_order_line l
    JOIN purchase_order_header h ON h.purchase_order_number = l.purchase_order_number
    WHERE h.actual_delivery_date IS NOT NULL
)

-- fragment opening
-- Stock before the history, derived from current stock and all movements, and the day of the latest receipt.
opening AS (
    SELECT
        w.warehouse_code,
        w.product_code,
        w.maximum_stock,
        w.last_restock_date,
        w.current_stock - COALESCE(SUM(m.received), 0) + COALESCE(SUM(m.shipped), 0) AS opening_stock,
        MAX(CASE WHEN m.received > 0 THEN m.day END) AS latest_receipt
    FROM warehouse_product w
    LEFT JOIN movements m
        ON m.warehouse_code = w.warehouse_code
        AND m.product_code = w.product_code
    GROUP BY w.warehouse_code, w.product_code, w.maximum_stock, w.current_stock, w.last_restock_date
)

-- fragment safety_stock
-- Demand in a lead time, and safety stock before rounding: 1.65 × √(L σd² + d̄² σL²) with lead time L and σL = 0.3 L.
daily AS (
    SELECT
        h.warehouse_code,
        l.product_code,
        SUM(l.order_quantity) AS units
    FROM sales_order_line l
    JOIN sales_order_header h ON h.sales_order_number = l.sales_order_number
    GROUP BY h.warehouse_code, l.product_code, h.order_date
),
demand AS (
    SELECT
        warehouse_code,
        product_code,
        SUM(units) * 1.0 / {days} AS mean,
        SUM(CAST(units AS BIGINT) * units) * 1.0 / {days}
            - (SUM(units) * 1.0 / {days}) * (SUM(units) * 1.0 / {days}) AS variance
    FROM daily
    GROUP BY warehouse_code, product_code
),
safety AS (
    SELECT
        w.warehouse_code,
        w.product_code,
        w.minimum_stock,
        w.reorder_point,
        COALESCE(d.mean, 0) * w.lead_time_days AS lead_time_demand,
        1.65 * SQRT(
            w.lead_time_days * (CASE WHEN d.variance > 0 THEN d.variance ELSE 0 END)
            + d.mean * d.mean * 0.09 * w.lead_time_days * w.lead_time_days
        ) AS safety_stock
    FROM warehouse_product w
    LEFT JOIN demand d
        ON d.warehouse_code = w.warehouse_code
        AND d.product_code = w.product_code
)

-- 1 product: the key is unique
SELECT product_code
FROM product
GROUP BY product_code
HAVING COUNT(*) > 1

-- 1 warehouse_product: the key is unique
SELECT warehouse_code, product_code
FROM warehouse_product
GROUP BY warehouse_code, product_code
HAVING COUNT(*) > 1

-- 1 sales_order_header: the key is unique
SELECT sales_order_prefix, sales_order_number
FROM sales_order_header
GROUP BY sales_order_prefix, sales_order_number
HAVING COUNT(*) > 1

-- 1 sales_order_line: the key is unique
SELECT sales_order_prefix, sales_order_number, sales_order_line
FROM sales_order_line
GROUP BY sales_order_prefix, sales_order_number, sales_order_line
HAVING COUNT(*) > 1

-- 1 purchase_order_header: the key is unique
SELECT purchase_order_prefix, purchase_order_number
FROM purchase_order_header
GROUP BY purchase_order_prefix, purchase_order_number
HAVING COUNT(*) > 1

-- 1 purchase_order_line: the key is unique
SELECT purchase_order_prefix, purchase_order_number, purchase_order_line
FROM purchase_order_line
GROUP BY purchase_order_prefix, purchase_order_number, purchase_order_line
HAVING COUNT(*) > 1

-- 1 sales orders: every line has a header
SELECT l.sales_order_number
FROM sales_order_line l
LEFT JOIN sales_order_header h
    ON h.sales_order_prefix = l.sales_order_prefix
    AND h.sales_order_number = l.sales_order_number
WHERE h.sales_order_number IS NULL

-- 1 sales orders: every header has lines
SELECT h.sales_order_number
FROM sales_order_header h
LEFT JOIN sales_order_line l
    ON h.sales_order_prefix = l.sales_order_prefix
    AND h.sales_order_number = l.sales_order_number
WHERE l.sales_order_number IS NULL

-- 1 sales orders: the lines of an order are numbered 1 to n
SELECT sales_order_number
FROM sales_order_line
GROUP BY sales_order_prefix, sales_order_number
HAVING MIN(sales_order_line) <> 1
    OR MAX(sales_order_line) <> COUNT(*)

-- 1 sales orders: no product appears twice in an order
SELECT sales_order_number
FROM sales_order_line
GROUP BY sales_order_prefix, sales_order_number, product_code
HAVING COUNT(*) > 1

-- 1 sales orders: the product of every line exists
SELECT l.sales_order_number
FROM sales_order_line l
LEFT JOIN product p ON p.product_code = l.product_code
WHERE p.product_code IS NULL

-- 2 sales orders: the product of every line is stocked in the order's warehouse
SELECT l.sales_order_number
FROM sales_order_line l
JOIN sales_order_header h
    ON h.sales_order_prefix = l.sales_order_prefix
    AND h.sales_order_number = l.sales_order_number
LEFT JOIN warehouse_product w
    ON w.warehouse_code = h.warehouse_code
    AND w.product_code = l.product_code
WHERE w.product_code IS NULL

-- 7 sales orders: the order date is within the history
SELECT sales_order_number
FROM sales_order_header
WHERE order_date < {first_day}
    OR order_date > {as_of}

-- 7 sales orders: no product is ordered before it was created
SELECT l.sales_order_number
FROM sales_order_line l
JOIN sales_order_header h
    ON h.sales_order_prefix = l.sales_order_prefix
    AND h.sales_order_number = l.sales_order_number
JOIN product p ON p.product_code = l.product_code
WHERE h.order_date < p.created_date

-- 1 sales orders: all order numbers have the same width, at least 6
SELECT MIN(LENGTH(sales_order_number))
FROM sales_order_header
HAVING MIN(LENGTH(sales_order_number)) < 6
    OR MIN(LENGTH(sales_order_number)) <> MAX(LENGTH(sales_order_number))

-- 1 purchase orders: every line has a header
SELECT l.purchase_order_number
FROM purchase_order_line l
LEFT JOIN purchase_order_header h
    ON h.purchase_order_prefix = l.purchase_order_prefix
    AND h.purchase_order_number = l.purchase_order_number
WHERE h.purchase_order_number IS NULL

-- 1 purchase orders: every header has lines
SELECT h.purchase_order_number
FROM purchase_order_header h
LEFT JOIN purchase_order_line l
    ON h.purchase_order_prefix = l.purchase_order_prefix
    AND h.purchase_order_number = l.purchase_order_number
WHERE l.purchase_order_number IS NULL

-- 1 purchase orders: the lines of an order are numbered 1 to n
SELECT purchase_order_number
FROM purchase_order_line
GROUP BY purchase_order_prefix, purchase_order_number
HAVING MIN(purchase_order_line) <> 1
    OR MAX(purchase_order_line) <> COUNT(*)

-- 1 purchase orders: no product appears twice in an order
SELECT purchase_order_number
FROM purchase_order_line
GROUP BY purchase_order_prefix, purchase_order_number, product_code
HAVING COUNT(*) > 1

-- 1 purchase orders: the product of every line exists
SELECT l.purchase_order_number
FROM purchase_order_line l
LEFT JOIN product p ON p.product_code = l.product_code
WHERE p.product_code IS NULL

-- 2 purchase orders: the product of every line is stocked in the order's warehouse
SELECT l.purchase_order_number
FROM purchase_order_line l
JOIN purchase_order_header h
    ON h.purchase_order_prefix = l.purchase_order_prefix
    AND h.purchase_order_number = l.purchase_order_number
LEFT JOIN warehouse_product w
    ON w.warehouse_code = h.warehouse_code
    AND w.product_code = l.product_code
WHERE w.product_code IS NULL

-- 7 purchase orders: the order date is within the history
SELECT purchase_order_number
FROM purchase_order_header
WHERE order_date < {first_day}
    OR order_date > {as_of}

-- 7 purchase orders: no product is ordered before it was created
SELECT l.purchase_order_number
FROM purchase_order_line l
JOIN purchase_order_header h
    ON h.purchase_order_prefix = l.purchase_order_prefix
    AND h.purchase_order_number = l.purchase_order_number
JOIN product p ON p.product_code = l.product_code
WHERE h.order_date < p.created_date

-- 1 purchase orders: all order numbers have the same width, at least 6
SELECT MIN(LENGTH(purchase_order_number))
FROM purchase_order_header
HAVING MIN(LENGTH(purchase_order_number)) < 6
    OR MIN(LENGTH(purchase_order_number)) <> MAX(LENGTH(purchase_order_number))

-- 1 warehouse_product: every product exists
SELECT w.product_code
FROM warehouse_product w
LEFT JOIN product p ON p.product_code = w.product_code
WHERE p.product_code IS NULL

-- 3 products: their number is num_products
SELECT COUNT(*)
FROM product
HAVING COUNT(*) <> {num_products}

-- 3 warehouses: their number is the setting's
SELECT COUNT(DISTINCT warehouse_code)
FROM warehouse_product
HAVING COUNT(DISTINCT warehouse_code) <> {warehouses}

-- 3 sales orders: the number on each day is within orders_per_day
WITH RECURSIVE calendar(day) AS (
    SELECT {first_day}
    UNION ALL
    SELECT day + 1
    FROM calendar
    WHERE day < {as_of}
)
SELECT c.day, COUNT(h.order_date)
FROM calendar c
LEFT JOIN sales_order_header h ON h.order_date = c.day
GROUP BY c.day
HAVING COUNT(h.order_date) < {orders_low}
    OR COUNT(h.order_date) > {orders_high}

-- 3 sales orders: an order has at most 5 lines
SELECT sales_order_number
FROM sales_order_line
GROUP BY sales_order_number
HAVING COUNT(*) > 5

-- 3 purchase orders: the number in each full week is within purchase_orders_per_week
WITH RECURSIVE weeks(monday) AS (
    SELECT {first_monday}
    UNION ALL
    SELECT monday + 7
    FROM weeks
    WHERE monday < {as_of}
)
SELECT w.monday, COUNT(h.order_date)
FROM weeks w
LEFT JOIN purchase_order_header h ON h.order_date BETWEEN w.monday AND w.monday + 6
WHERE w.monday + 6 <= {as_of}
GROUP BY w.monday
HAVING COUNT(h.order_date) < {purchases_low}
    OR COUNT(h.order_date) > {purchases_high}

-- 3 purchase orders: an order has 2 to 8 lines, or one if the warehouse stocks one product of the supplier
SELECT h.purchase_order_number
FROM purchase_order_header h
JOIN (
    SELECT purchase_order_number, COUNT(*) AS line_count
    FROM purchase_order_line
    GROUP BY purchase_order_number
) l ON l.purchase_order_number = h.purchase_order_number
JOIN (
    SELECT w.warehouse_code, p.supplier_code, COUNT(*) AS product_count
    FROM warehouse_product w
    JOIN product p ON p.product_code = w.product_code
    GROUP BY w.warehouse_code, p.supplier_code
) s
    ON s.warehouse_code = h.warehouse_code
    AND s.supplier_code = h.supplier_code
WHERE l.line_count > 8
    OR l.line_count < 2 AND l.line_count < s.product_count

-- 4 warehouses: each stocks 70 to 90 % of the products
-- With fewer than ten products that may be no whole number, and any number is accepted.
SELECT warehouse_code
FROM warehouse_product
GROUP BY warehouse_code
HAVING {num_products} >= 10
    AND (10 * COUNT(*) < 7 * {num_products} OR 10 * COUNT(*) > 9 * {num_products})

-- 4 products: each is stocked in some warehouse
-- Only guaranteed from ten products and two warehouses on.
SELECT p.product_code
FROM product p
LEFT JOIN warehouse_product w ON w.product_code = p.product_code
WHERE w.product_code IS NULL
    AND {num_products} >= 10
    AND {warehouses} >= 2

-- 5 sales orders: the line total is quantity times unit price
SELECT sales_order_number
FROM sales_order_line
WHERE line_total <> order_quantity * unit_price

-- 5 purchase orders: the line total is quantity times unit cost
SELECT purchase_order_number
FROM purchase_order_line
WHERE line_total <> order_quantity * unit_cost

-- 5 sales orders: the quantity is 1 to 50
SELECT sales_order_number
FROM sales_order_line
WHERE order_quantity NOT BETWEEN 1 AND 50

-- 5 sales orders: the unit price is the list price less a discount of at most 10 %
SELECT l.sales_order_number
FROM sales_order_line l
JOIN product p ON p.product_code = l.product_code
WHERE l.unit_price > p.unit_price
    OR 10 * l.unit_price < 9 * p.unit_price

-- 5 products: the price is 1.20 to 2.50 times the cost
SELECT product_code
FROM product
WHERE unit_cost <= 0
    OR 10 * unit_price < 12 * unit_cost
    OR 10 * unit_price > 25 * unit_cost

-- 6 purchase orders: the product of every line is purchased from the order's supplier
SELECT l.purchase_order_number
FROM purchase_order_line l
JOIN purchase_order_header h ON h.purchase_order_number = l.purchase_order_number
JOIN product p ON p.product_code = l.product_code
WHERE p.supplier_code <> h.supplier_code

-- 6 purchase orders: the unit cost is within 10 % of the product's
SELECT l.purchase_order_number
FROM purchase_order_line l
JOIN product p ON p.product_code = l.product_code
WHERE 10 * l.unit_cost < 9 * p.unit_cost
    OR 10 * l.unit_cost > 11 * p.unit_cost

-- 7 products: created on or before the last update, updated on or before as_of
SELECT product_code
FROM product
WHERE created_date > updated_date
    OR updated_date > {as_of}

-- 7 sales orders: delivery is promised after the order date
SELECT sales_order_number
FROM sales_order_header
WHERE delivery_date <= order_date

-- 7 purchase orders: no receipt is after as_of
SELECT purchase_order_number
FROM purchase_order_header
WHERE actual_delivery_date > {as_of}

-- 7 stock: the lead time is 3 to 21 days
SELECT product_code
FROM warehouse_product
WHERE lead_time_days NOT BETWEEN 3 AND 21

-- 7 purchase orders: delivery is expected after the longest lead time of the lines
SELECT h.purchase_order_number
FROM purchase_order_header h
JOIN purchase_order_line l ON l.purchase_order_number = h.purchase_order_number
JOIN warehouse_product w
    ON w.warehouse_code = h.warehouse_code
    AND w.product_code = l.product_code
GROUP BY h.purchase_order_number, h.order_date, h.expected_delivery_date
HAVING h.expected_delivery_date - h.order_date <> MAX(w.lead_time_days)

-- 8 sales orders: Pending if and only if ordered on as_of or the day before, unless Cancelled
SELECT sales_order_number
FROM sales_order_header
WHERE status <> 'Cancelled'
    AND (status = 'Pending') <> ({as_of} - order_date <= 1)

-- 8 sales orders: older orders are Processing, Shipped or Cancelled until the promised date
SELECT sales_order_number
FROM sales_order_header
WHERE {as_of} - order_date > 1
    AND delivery_date >= {as_of}
    AND status NOT IN ('Processing', 'Shipped', 'Cancelled')

-- 8 sales orders: older orders are Delivered, Shipped (late) or Cancelled after the promised date
SELECT sales_order_number
FROM sales_order_header
WHERE {as_of} - order_date > 1
    AND delivery_date < {as_of}
    AND status NOT IN ('Delivered', 'Shipped', 'Cancelled')

-- 8 sales orders: the fulfilled quantity is 0 to the ordered quantity, and 0 unless the order is shipped
SELECT l.sales_order_number
FROM sales_order_line l
JOIN sales_order_header h ON h.sales_order_number = l.sales_order_number
WHERE l.fulfilled_quantity NOT BETWEEN 0 AND l.order_quantity
    OR l.fulfilled_quantity > 0 AND h.status IN ('Pending', 'Processing', 'Cancelled')

-- 8 sales orders: a shipped order contains at least one unit
SELECT h.sales_order_number
FROM sales_order_header h
JOIN sales_order_line l ON l.sales_order_number = h.sales_order_number
WHERE h.status IN ('Shipped', 'Delivered')
GROUP BY h.sales_order_number
HAVING SUM(l.fulfilled_quantity) = 0

-- 8 sales orders: the fulfillment status matches the order's status and the quantities
SELECT l.sales_order_number
FROM sales_order_line l
JOIN sales_order_header h ON h.sales_order_number = l.sales_order_number
WHERE l.fulfillment_status <> CASE
    WHEN h.status = 'Cancelled' THEN 'Cancelled'
    WHEN h.status IN ('Pending', 'Processing') THEN 'Pending'
    WHEN l.fulfilled_quantity = l.order_quantity THEN 'Complete'
    ELSE 'Partial'
END

-- 9 purchase orders: the status is valid, and the order has a receipt date if and only if Received or Closed
SELECT purchase_order_number
FROM purchase_order_header
WHERE status NOT IN ('Draft', 'Submitted', 'Approved', 'Received', 'Closed')
    OR (status IN ('Received', 'Closed')) <> (actual_delivery_date IS NOT NULL)
    OR actual_delivery_date < order_date

-- 9 purchase orders: the received quantity is 0 to 105 % of the ordered quantity, and 0 before the receipt
SELECT l.purchase_order_number
FROM purchase_order_line l
JOIN purchase_order_header h ON h.purchase_order_number = l.purchase_order_number
WHERE l.order_quantity < 1
    OR l.received_quantity < 0
    OR 100 * CAST(l.received_quantity AS BIGINT) > 105 * CAST(l.order_quantity AS BIGINT)
    OR l.received_quantity > 0 AND h.status NOT IN ('Received', 'Closed')

-- 9 purchase orders: the receipt status matches the quantities
SELECT purchase_order_number
FROM purchase_order_line
WHERE receipt_status <> CASE
    WHEN received_quantity = 0 THEN 'Pending'
    WHEN received_quantity < order_quantity THEN 'Partial'
    ELSE 'Complete'
END

-- 10 stock: the ledger balances with an opening stock of 0 to the maximum
WITH {movements},
{opening}
SELECT warehouse_code, product_code, opening_stock
FROM opening
WHERE opening_stock < 0
    OR opening_stock > maximum_stock

-- 10 stock: never below zero on any day
WITH {movements},
{opening},
daily AS (
    SELECT
        warehouse_code,
        product_code,
        day,
        SUM(received - shipped) AS units
    FROM movements
    GROUP BY warehouse_code, product_code, day
),
running AS (
    SELECT
        warehouse_code,
        product_code,
        day,
        SUM(units) OVER (PARTITION BY warehouse_code, product_code ORDER BY day ROWS UNBOUNDED PRECEDING) AS units
    FROM daily
)
SELECT r.warehouse_code, r.product_code, r.day
FROM running r
JOIN opening o
    ON o.warehouse_code = r.warehouse_code
    AND o.product_code = r.product_code
WHERE o.opening_stock + r.units < 0

-- 11 stock: 0 ≤ minimum < reorder point < maximum, and current stock is not negative
SELECT warehouse_code, product_code
FROM warehouse_product
WHERE minimum_stock < 0
    OR minimum_stock >= reorder_point
    OR reorder_point >= maximum_stock
    OR current_stock < 0

-- 11 stock: the minimum is the safety stock, at least 1
WITH {safety_stock}
SELECT warehouse_code, product_code, minimum_stock, safety_stock
FROM safety
WHERE minimum_stock <> CASE
    WHEN FLOOR(COALESCE(safety_stock, 0) + 0.5) < 1 THEN 1
    ELSE FLOOR(safety_stock + 0.5)
END

-- 11 stock: the reorder point is the demand in a lead time plus the safety stock, above the minimum
WITH {safety_stock}
SELECT warehouse_code, product_code, reorder_point, lead_time_demand, safety_stock
FROM safety
WHERE reorder_point <> CASE
    WHEN FLOOR(lead_time_demand + COALESCE(safety_stock, 0) + 0.5) < minimum_stock + 1 THEN minimum_stock + 1
    ELSE FLOOR(lead_time_demand + COALESCE(safety_stock, 0) + 0.5)
END

-- 12 stock: last_restock_date is the latest receipt, or before the history without one
WITH {movements},
{opening}
SELECT warehouse_code, product_code
FROM opening
WHERE latest_receipt IS NOT NULL AND last_restock_date <> latest_receipt
    OR latest_receipt IS NULL AND last_restock_date >= {first_day}

-- 14 suppliers: each code has one name
SELECT code
FROM (
    SELECT supplier_code AS code, supplier_name AS name
    FROM product
    UNION
    SELECT supplier_code, supplier_name
    FROM purchase_order_header
) pairs
GROUP BY code
HAVING COUNT(*) > 1

-- 14 customers: each code has one name
SELECT code
FROM (
    SELECT DISTINCT customer_code AS code, customer_name AS name
    FROM sales_order_header
) pairs
GROUP BY code
HAVING COUNT(*) > 1

-- 14 delivery addresses: each is in one area
SELECT address
FROM (
    SELECT DISTINCT delivery_address AS address, delivery_area AS area
    FROM sales_order_header
) pairs
GROUP BY address
HAVING COUNT(*) > 1

-- 14 product.product_group: only the documented values
SELECT product_group
FROM product
WHERE product_group NOT IN (
    'Electronics', 'Hardware', 'Tools', 'Safety Equipment',
    'Office Supplies', 'Industrial Parts', 'Chemicals', 'Packaging'
)

-- 14 sales_order_header.delivery_area: only the documented values
SELECT delivery_area
FROM sales_order_header
WHERE delivery_area NOT IN ('North', 'South', 'East', 'West', 'Central', 'Downtown', 'Suburbs')

-- 14 sales_order_header.sales_order_prefix: only the documented values
SELECT sales_order_prefix
FROM sales_order_header
WHERE sales_order_prefix NOT IN ('SO')

-- 14 purchase_order_header.purchase_order_prefix: only the documented values
SELECT purchase_order_prefix
FROM purchase_order_header
WHERE purchase_order_prefix NOT IN ('PO')

-- 14 product.supplier_code: only the documented values
SELECT supplier_code
FROM product
WHERE supplier_code NOT IN ('SUP001', 'SUP002', 'SUP003', 'SUP004', 'SUP005', 'SUP006', 'SUP007', 'SUP008')

-- 14 sales_order_header.customer_code: only the documented values
SELECT customer_code
FROM sales_order_header
WHERE customer_code NOT IN (
    'CUST001', 'CUST002', 'CUST003', 'CUST004', 'CUST005',
    'CUST006', 'CUST007', 'CUST008', 'CUST009', 'CUST010'
)
