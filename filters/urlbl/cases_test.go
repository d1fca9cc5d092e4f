package urlbl

import (
	"testing"

	"go.uber.org/goleak"

	"weir/filters/filtertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCases(t *testing.T) { filtertest.Run(t, Spec, "../../testdata/urlbl") }
