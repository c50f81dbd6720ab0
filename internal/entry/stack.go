package entry

// GrowStack makes room for deep calls on the goroutine's stack at once. By itself the runtime doubles
// a stack four times during a launch, and copies it each time.
func GrowStack()
