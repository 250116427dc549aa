{{ land(source('landing', 'erp_loc_a101')) }}
