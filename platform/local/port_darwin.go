package local

// listener is not known here: this system tells it to root alone.
func listener(int) string { return "" }
