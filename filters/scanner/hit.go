package scanner

import "weir/scoring"

// Hit adds a hit, or counts it once more.
func Hit(hits []scoring.Hit, symbol, detail string) []scoring.Hit {
	for i := range hits {
		if h := &hits[i]; h.Name == symbol {
			h.Count = max(h.Count, 1) + 1
			if len(h.Detail) < 200 {
				h.Detail += ", " + detail
			}
			return hits
		}
	}
	return append(hits, scoring.Hit{Name: symbol, Detail: detail})
}
