"""When a passport will be ready: an estimate beside the promise, from the cases of late, with its measured error."""
