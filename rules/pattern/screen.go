//go:build !hyperscan

package pattern

// Engine names the library that finds the candidates among patterns; "" none: literals do. A build with the tag hyperscan
// has one.
func Engine() string { return "" }

// screen is what such a library knows of a group's patterns. This build has none.
type screen struct{}

type screening struct{}

func (screening) made() *screen { return nil }

// Cache names the folder of such a library's databases; "" none.
func (g *Group) Cache(string) {}

// Screen lets the group use such a library however few patterns it has. It is to be called before the group is used.
func (g *Group) Screen() {}

// Ready waits until the group is as fast as it gets.
func (g *Group) Ready() {}

func (g *Group) screened() *screen { return g.screening.made() }

func (s *screen) scan([]byte, *picks, *sightings) bool { return false }

// direct goes on with a pattern that such a library found.
func (r *runner) direct(end, want int) {}
