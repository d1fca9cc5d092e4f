package attachments

import (
	"testing"

	"weir/filters/filtertest"
)

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/attachments") }
