{{ land(source('landing', 'erp_px_cat_g1v2')) }}
