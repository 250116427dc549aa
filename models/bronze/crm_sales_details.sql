{{ land(source('landing', 'crm_sales_details')) }}
