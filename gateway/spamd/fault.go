package spamd

import "fmt"

// The codes of sysexits.h that the protocol uses.
const (
	exData        = 65 // the mail can't be taken
	exUnavailable = 69 // the service is not offered
	exSoftware    = 70 // a fault of our own
	exTempFail    = 75 // try again
	exProtocol    = 76 // the request is not understood
	exTimeout     = 79 // it took too long
)

// words begin the text of each code, as spamd has them.
var words = map[int]string{
	exData:        "Data Error: ",
	exUnavailable: "Service Unavailable: ",
	exSoftware:    "Internal Error: ",
	exTempFail:    "EX_TEMPFAIL ",
	exProtocol:    "Bad header line: ",
	exTimeout:     "Timeout: ",
}

// fault is an answer that is no verdict.
type fault struct {
	code int
	text string
}

// Error gives the answer's text.
func (f *fault) Error() string { return words[f.code] + f.text }

func protocol(format string, args ...any) *fault {
	return &fault{exProtocol, fmt.Sprintf(format, args...)}
}

func unavailable(text string) *fault { return &fault{exUnavailable, text} }
