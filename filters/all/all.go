// Package all is the only list of filters. Its order is the order of reports.
package all

import (
	"weir/filters"
	"weir/filters/headers"
	"weir/filters/mime"
	"weir/filters/ruleset"
)

// Filters lists every filter that Weir has.
var Filters = []filters.Spec{
	headers.Spec,
	mime.Spec,
	ruleset.Spec,
}
