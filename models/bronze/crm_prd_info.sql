{{ land(source('landing', 'crm_prd_info')) }}
