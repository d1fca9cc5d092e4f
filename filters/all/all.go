// Package all is the only list of filters. Its order is the order of reports.
package all

import (
	"weir/filters"
	"weir/filters/arc"
	"weir/filters/attachments"
	"weir/filters/bayes"
	"weir/filters/bimi"
	"weir/filters/clamav"
	"weir/filters/dkim"
	"weir/filters/dmarc"
	"weir/filters/dnsbl"
	"weir/filters/fuzzy"
	"weir/filters/greylist"
	"weir/filters/headers"
	"weir/filters/helo"
	"weir/filters/icap"
	"weir/filters/iprev"
	"weir/filters/known"
	"weir/filters/manual"
	"weir/filters/mime"
	"weir/filters/ratelimit"
	"weir/filters/reputation"
	"weir/filters/ruleset"
	"weir/filters/spf"
	"weir/filters/urlbl"
)

// Filters lists every filter that Weir has.
var Filters = []filters.Spec{
	iprev.Spec,
	helo.Spec,
	spf.Spec,
	dkim.Spec,
	headers.Spec,
	mime.Spec,
	attachments.Spec,
	arc.Spec,
	dmarc.Spec,
	bimi.Spec,
	dnsbl.Spec,
	urlbl.Spec,
	manual.Spec,
	reputation.Spec,
	known.Spec,
	greylist.Spec,
	ratelimit.Spec,
	clamav.Spec,
	icap.Spec,
	fuzzy.Spec,
	bayes.Spec,
	ruleset.Spec,
}
