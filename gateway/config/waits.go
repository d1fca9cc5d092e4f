package config

import "weir/filters"

// checkWaits refuses tries of a filter (filters.Patient) that are longer together than its timeout: the last of them
// would never be made.
func (c *Config) checkWaits(b *binder) {
	for _, name := range sortedKeys(c.Filters) {
		f := c.Filters[name]
		p, ok := f.settings.(filters.Patient)
		if !ok || !f.Enabled {
			continue
		}
		if wait, settings := p.Longest(); wait > f.Timeout.D() {
			b.add(f.path, "%s may take %s, and timeout is %s: shorten them, or raise timeout (and budget)", settings, wait, f.Timeout.D())
		}
	}
}
