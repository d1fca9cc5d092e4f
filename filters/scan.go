package filters

import "time"

// Scan says whether a message was scanned for malware. It is part of the report.
type Scan string

// The words for it. The empty word says nothing: it is no scanner's.
const (
	ScanOff       Scan = "off"       // no scanner is set
	ScanClean     Scan = "clean"     // a scanner saw all of it, and found nothing
	ScanUnscanned Scan = "unscanned" // a scanner could not tell, or not of all of it
	ScanInfected  Scan = "infected"  // malware was found
)

// scanRank orders what several scanners say: what one found, the other's silence does not undo.
var scanRank = map[Scan]int{"": 0, ScanOff: 1, ScanClean: 2, ScanUnscanned: 3, ScanInfected: 4}

// With gives what two scanners say together.
func (s Scan) With(other Scan) Scan {
	if scanRank[other] > scanRank[s] {
		return other
	}
	return s
}

// Scanner is a filter that has mail scanned for malware, where a scanner is set. Its Spec says so too (Spec.Scans).
type Scanner interface {
	// Scanning tells whether there is one, and in words for a person which, or why there is none.
	Scanning() (on bool, text string)
}

// Gauge is a number of the moment about somebody whom a filter asks.
type Gauge struct {
	Subject string // who
	Kind    string // what: "busy", "database_age"
	Text    string // more about it, from a scanner, such as a version; "" nothing
	Value   float64
}

// Gauger is a Lookout that knows such numbers.
type Gauger interface {
	// Gauges lists them. It takes no time.
	Gauges() []Gauge
}

// Patient is a config struct of a filter whose waits add up: the gateway refuses a config in which they are longer than
// the filter's timeout, since the last tries would never be made.
type Patient interface {
	// Longest tells how long one Check may wait by these settings, and which they are: "scan_timeout x tries".
	// 0: no longer than it is given.
	Longest() (wait time.Duration, settings string)
}
