package cgroup

// Bound is a limit on memory, and the group whose limit it is: the group itself or one
// above it. The zero Bound has no meaning; without a limit, Limit is [Max].
type Bound struct {
	Limit  Limit
	Holder Group
}

// MemoryBound returns the lowest of the limits in memory.max of the group and of the groups
// above it, as far as they are visible. Of two that are equal it returns the nearer.
func (g Group) MemoryBound() (Bound, error) {
	lowest := Bound{Max, g}
	for above, ok := g, true; ok; above, ok = above.Parent() {
		limit, err := above.MemoryMaxBytes()
		if err != nil {
			return Bound{}, err
		}
		if limit != nil && *limit < lowest.Limit {
			lowest = Bound{*limit, above}
		}
	}
	return lowest, nil
}
