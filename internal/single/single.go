// Package single gives the program's Go code one processor, before other packages begin: two
// would wake up each other. The runtime begins with one for each processor of the machine.
//
// Each has a cache of memory. To give up one that has been used takes the runtime a page for
// each size of object in it, so it is done at once. (Packages that import none but package
// runtime are initialized first, in the order of their paths.)
package single

import "runtime"

// Processors is how many threads run Go code at a time.
const Processors = 1

func init() { runtime.GOMAXPROCS(Processors) }
