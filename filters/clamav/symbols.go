package clamav

import (
	"path"
	"strings"

	"weir/filters/scanner"
	"weir/scoring"
)

// The symbols.
const (
	Virus       = "CLAMAV_VIRUS"
	Phishing    = "CLAMAV_PHISHING"
	Heuristics  = "CLAMAV_HEURISTICS"
	Encrypted   = "CLAMAV_ENCRYPTED"
	Macros      = "CLAMAV_MACROS"
	PUA         = "CLAMAV_PUA"
	Scored      = "CLAMAV_SCORED"
	Limits      = "CLAMAV_LIMITS"
	OldDatabase = "CLAMAV_OLD_DATABASE"
)

func symbols() []scoring.Symbol {
	return []scoring.Symbol{
		{Name: Virus, Score: 20, Decides: scoring.Reject, Infected: true, Text: "ClamAV knows this malware by name."},
		{Name: Phishing, Score: 5, Text: "ClamAV's heuristics take it for phishing: a link is not what it says."},
		{Name: Heuristics, Score: 4, Text: "ClamAV's heuristics find it suspicious."},
		{Name: Encrypted, Score: 0.5, Text: "An encrypted archive or document, which ClamAV can't open (AlertEncrypted)."},
		{Name: Macros, Score: 1.5, Text: "An office document with macros (AlertOLE2Macros)."},
		{Name: PUA, Score: 2, Text: "ClamAV calls it potentially unwanted (DetectPUA)."},
		{Name: Scored, Score: 4, Text: "A signature that score_only lists."},
		{Name: Limits, Score: 1, Text: "Some of it was not scanned: it is beyond a limit of clamd, or an archive that neither clamd nor Weir opens."},
		{Name: OldDatabase, Text: "It was scanned with a database older than max_age."},
	}
}

// families are the names that are no malware known by name, the longest beginning first.
var families = []struct{ begin, symbol string }{
	{"Heuristics.Limits.Exceeded", Limits},
	{"Heuristics.Encrypted.", Encrypted},
	{"Heuristics.OLE2.ContainsMacros", Macros},
	{"Heuristics.Phishing.", Phishing},
	{"Heuristics.", Heuristics},
	{"PUA.", PUA},
}

// symbol says what a finding means.
func (f *filter) symbol(v *scanner.Verdict) string {
	for _, pattern := range f.ScoreOnly {
		if ok, _ := path.Match(pattern, strings.ReplaceAll(v.Name, "/", ":")); ok {
			return Scored
		}
	}
	for _, fam := range families {
		if strings.HasPrefix(v.Name, fam.begin) {
			return fam.symbol
		}
	}
	return Virus
}

func (f *filter) isVirus(v *scanner.Verdict) bool { return f.symbol(v) == Virus }
