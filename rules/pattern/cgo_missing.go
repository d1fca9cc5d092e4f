//go:build hyperscan && !cgo

package pattern

// The library of the build tag hyperscan is written in C.
const _ = the_build_tag_hyperscan_needs_CGO_ENABLED_1
