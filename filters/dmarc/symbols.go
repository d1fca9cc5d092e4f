package dmarc

import (
	"weir/filters"
	"weir/scoring"
)

// The symbols.
const (
	Passed         = "DMARC_PASS"
	Enforced       = "DMARC_ENFORCED"
	NoRecord       = "DMARC_NONE"
	Failed         = "DMARC_FAIL"
	FailQuarantine = "DMARC_FAIL_QUARANTINE"
	FailReject     = "DMARC_FAIL_REJECT"
	ToQuarantine   = "DMARC_QUARANTINE"
	ToReject       = "DMARC_REJECT"
	Temporary      = "DMARC_TEMPERROR"
	ToDefer        = "DMARC_DEFER"
	BadRecord      = "DMARC_PERMERROR"
	NoAuthor       = "DMARC_NO_AUTHOR"
	Ambiguous      = "DMARC_AMBIGUOUS"
	NameForged     = "DMARC_NAME_FORGED"
	ByARC          = "DMARC_ARC"
	ByList         = "DMARC_LIST"
)

// Spec describes the filter to the gateway.
var Spec = filters.Spec{
	Name:    "dmarc",
	Text:    "tells whether the domain in From stands behind the mail, and what its owner wants done if not",
	Stage:   filters.Data,
	After:   []string{"spf", "dkim", "arc"},
	Network: true,
	Inbound: true,
	Symbols: []scoring.Symbol{
		{Name: Passed, Score: -0.1, Text: "The domain in From stands behind this mail."},
		{Name: Enforced, Text: "It does, and asks to refuse or quarantine all mail in its name, or below it, that fails."},
		{Name: NoRecord, Text: "The domain in From publishes no DMARC policy."},
		{Name: Failed, Score: 0.5, Text: "The domain in From does not stand behind this mail; its owner asks for nothing to be done."},
		{Name: FailQuarantine, Score: 3, Text: "The domain in From does not stand behind this mail; its owner asks to quarantine such mail."},
		{Name: FailReject, Score: 5, Text: "The domain in From does not stand behind this mail; its owner asks to refuse such mail."},
		{Name: ToQuarantine, Decides: scoring.Quarantine, Text: "The policy of the domain in From is obeyed: this mail is quarantined."},
		{Name: ToReject, Decides: scoring.Reject, Text: "The policy of the domain in From is obeyed: this mail is refused."},
		{Name: Temporary, Text: "Whether the domain in From stands behind this mail can't be told now."},
		{Name: ToDefer, Decides: scoring.Defer, Text: "The mail is put off, since its domain may ask to refuse forgeries and can't be checked now."},
		{Name: BadRecord, Text: "The DMARC policy of the domain in From can't be read, or the domain can't exist."},
		{Name: NoAuthor, Text: "From has no address with a domain, so that nobody stands behind this mail."},
		{Name: Ambiguous, Score: 1.5, Text: "From can be read in several ways, so that no domain can stand behind this mail."},
		{Name: NameForged, Score: 1.5, Text: "The display name shows an address of a domain that asks to refuse forgeries, and does not stand behind this mail."},
		{Name: ByARC, Text: "A trusted forwarder says that this mail passed DMARC before: the policy is not obeyed."},
		{Name: ByList, Text: "The mail comes from a mailing list: the policy is not obeyed."},
	},
	New: newFilter,
}
