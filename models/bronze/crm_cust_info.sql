{{ land(source('landing', 'crm_cust_info')) }}
