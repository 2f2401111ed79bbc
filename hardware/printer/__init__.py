"""Receipt printers: what can be printed, its ESC/POS bytes, sending with confirmation, and a printer made of code."""
