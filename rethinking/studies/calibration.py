"""x"""
calibrate = None
