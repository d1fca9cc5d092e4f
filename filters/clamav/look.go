package clamav

import (
	"context"
	"strings"

	"weir/filters"
	"weir/filters/scanner"
)

// Scanning tells whether there is a clamd to ask (filters.Scanner).
func (f *filter) Scanning() (on bool, text string) {
	switch p := f.pool.Load(); {
	case p != nil:
		return true, "clamd at " + p.Names()
	case f.env.Offline:
		return false, "this is offline"
	}
	return false, "no clamd is set, and none answers on " + strings.Join(f.Sockets, ", ")
}

// Troubles lists the clamds that are not well (filters.Lookout).
func (f *filter) Troubles() (all []filters.Trouble) {
	if p := f.pool.Load(); p != nil {
		all = p.Troubles()
	}
	if f.seek != nil {
		all = append(all, f.seek.troubles()...)
	}
	return all
}

// Counts lists what the clamds answered (filters.Lookout).
func (f *filter) Counts() []filters.Count {
	if p := f.pool.Load(); p != nil {
		return p.Counts()
	}
	return nil
}

// Gauges lists how busy the clamds are and how old their databases (filters.Gauger).
func (f *filter) Gauges() []filters.Gauge {
	if p := f.pool.Load(); p != nil {
		return p.Gauges()
	}
	return nil
}

// Probe tries all clamds, and whether they find what every database has: the EICAR test file (filters.Prober).
func (f *filter) Probe(ctx context.Context) (all []filters.Trouble) {
	p := f.pool.Load()
	if p == nil {
		_, why := f.Scanning()
		return []filters.Trouble{{Subject: "antivirus", Kind: scanner.Off, Text: "mail is not scanned for malware: " + why + ". Install clamav-daemon, or set filters.clamav.address"}}
	}
	all = p.Probe(ctx)
	if f.seek != nil {
		all = append(all, f.seek.troubles()...)
	}
	return all
}
