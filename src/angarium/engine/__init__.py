"""The machinery that every module shares; each part is a Django app entered by one door, its `public.py`."""
