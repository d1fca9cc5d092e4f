package gateway

import "weir/filters"

// Scanners calls see for each filter in force that scans for malware, in the order of the filters.
func (g *Gateway) Scanners(see func(filter string, s filters.Scanner)) {
	s := g.snapshot()
	defer s.release()
	for _, r := range s.Filters {
		if f, ok := r.Filter.(filters.Scanner); ok {
			see(r.Spec.Name, f)
		}
	}
}

// Lookouts calls see for each filter in force that knows how those are whom it asks, in the order of the filters.
func (g *Gateway) Lookouts(see func(filter string, l filters.Lookout)) {
	s := g.snapshot()
	defer s.release()
	for _, r := range s.Filters {
		if l, ok := r.Filter.(filters.Lookout); ok {
			see(r.Spec.Name, l)
		}
	}
}
