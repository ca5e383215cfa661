-- Questions of three kinds of user: a warehouse manager, a field engineer, a procurement specialist. Each query must find
-- a row in the default data set. The format is that of invariants.sql.

-- 15 warehouse manager: low stock
SELECT product_code
FROM warehouse_product
WHERE current_stock < minimum_stock
    AND current_stock > 0

-- 15 warehouse manager: at or below the reorder point
SELECT product_code
FROM warehouse_product
WHERE current_stock <= reorder_point

-- 15 warehouse manager: out of stock
SELECT product_code
FROM warehouse_product
WHERE current_stock = 0

-- 15 warehouse manager: above maximum
SELECT product_code
FROM warehouse_product
WHERE current_stock > maximum_stock

-- 15 warehouse manager: turnover by product
SELECT l.product_code
FROM sales_order_line l
JOIN (
    SELECT product_code, SUM(current_stock) AS stock
    FROM warehouse_product
    GROUP BY product_code
) w ON w.product_code = l.product_code
GROUP BY l.product_code, w.stock
HAVING w.stock > 0
    AND SUM(l.fulfilled_quantity) > 0

-- 15 warehouse manager: inventory value by warehouse
SELECT w.warehouse_code
FROM warehouse_product w
JOIN product p ON p.product_code = w.product_code
GROUP BY w.warehouse_code
HAVING SUM(w.current_stock * p.unit_cost) > 0

-- 15 field engineer: overdue orders
SELECT sales_order_number
FROM sales_order_header
WHERE delivery_date < {as_of}
    AND status IN ('Pending', 'Processing', 'Shipped')

-- 15 field engineer: orders due today
SELECT sales_order_number
FROM sales_order_header
WHERE delivery_date = {as_of}
    AND status IN ('Pending', 'Processing', 'Shipped')

-- 15 field engineer: pending orders
SELECT sales_order_number
FROM sales_order_header
WHERE status = 'Pending'

-- 15 field engineer: orders in processing
SELECT sales_order_number
FROM sales_order_header
WHERE status = 'Processing'

-- 15 field engineer: shipped orders that are not yet due
SELECT sales_order_number
FROM sales_order_header
WHERE status = 'Shipped'
    AND delivery_date >= {as_of}

-- 15 field engineer: partially shipped lines
SELECT sales_order_number
FROM sales_order_line
WHERE fulfillment_status = 'Partial'

-- 15 field engineer: partially shipped lines with at least one unit
SELECT sales_order_number
FROM sales_order_line
WHERE fulfillment_status = 'Partial'
    AND fulfilled_quantity > 0

-- 15 field engineer: cancelled orders
SELECT sales_order_number
FROM sales_order_header
WHERE status = 'Cancelled'

-- 15 field engineer: orders in every area
SELECT COUNT(DISTINCT delivery_area)
FROM sales_order_header
HAVING COUNT(DISTINCT delivery_area) = 7

-- 15 field engineer: orders from every warehouse
SELECT COUNT(DISTINCT warehouse_code)
FROM sales_order_header
HAVING COUNT(DISTINCT warehouse_code) = {warehouses}

-- 15 procurement specialist: suppliers by purchases
SELECT COUNT(DISTINCT supplier_code)
FROM purchase_order_header
HAVING COUNT(DISTINCT supplier_code) >= 5

-- 15 procurement specialist: lines above the standard cost
SELECT l.purchase_order_number
FROM purchase_order_line l
JOIN product p ON p.product_code = l.product_code
WHERE l.unit_cost > p.unit_cost

-- 15 procurement specialist: lines below the standard cost
SELECT l.purchase_order_number
FROM purchase_order_line l
JOIN product p ON p.product_code = l.product_code
WHERE l.unit_cost < p.unit_cost

-- 15 procurement specialist: open purchase orders
SELECT purchase_order_number
FROM purchase_order_header
WHERE actual_delivery_date IS NULL

-- 15 procurement specialist: open and overdue purchase orders
SELECT purchase_order_number
FROM purchase_order_header
WHERE actual_delivery_date IS NULL
    AND expected_delivery_date < {as_of}

-- 15 procurement specialist: received late
SELECT purchase_order_number
FROM purchase_order_header
WHERE actual_delivery_date > expected_delivery_date

-- 15 procurement specialist: received on time
SELECT supplier_code
FROM purchase_order_header
WHERE actual_delivery_date <= expected_delivery_date

-- 15 procurement specialist: partial receipts
SELECT purchase_order_number
FROM purchase_order_line
WHERE receipt_status = 'Partial'

-- 15 procurement specialist: purchases in every product group
SELECT COUNT(DISTINCT p.product_group)
FROM purchase_order_line l
JOIN product p ON p.product_code = l.product_code
HAVING COUNT(DISTINCT p.product_group) = 8
