{{ land(source('landing', 'erp_cust_az12')) }}
