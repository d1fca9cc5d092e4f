package scanner

import "fmt"

// Shared are the settings that all scanners have, by their keys in the config.
type Shared struct {
	Tries, Scans, Remember int
	Oversize, Parts        string
	Servers                int // addresses that are named
}

// Check tells what is wrong with them; errors begin with the key.
func (s Shared) Check() error {
	switch {
	case s.Tries < 1:
		return fmt.Errorf("tries must be 1 or more")
	case s.Scans < 0 || s.Remember < 0:
		return fmt.Errorf("scans and remember must be 0 or more")
	case s.Oversize != "fail" && s.Oversize != "symbol":
		return fmt.Errorf("oversize %q: write \"fail\" or \"symbol\"", s.Oversize)
	case s.Parts != "needed" && s.Parts != "all":
		return fmt.Errorf("parts %q: write \"needed\" or \"all\"", s.Parts)
	case s.Servers > MaxTargets:
		return fmt.Errorf("address: at most %d servers", MaxTargets)
	}
	return nil
}
