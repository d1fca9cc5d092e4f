package realtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Build compiles the weir command for a test. WEIR_BUILD_FLAGS adds a flag, such as -race; a data race that the process
// then reports fails the test.
func Build(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "weir")
	if err := BuildTo(binary); err != nil {
		t.Fatal(err)
	}
	return binary
}

// BuildTo compiles the weir command into a file. The go command links into one file in .cache, and only where that is out
// of date: linking takes two seconds of a core, and forty tests want the same program. The caller has a file of his own,
// which stays as it is when the other is made anew.
func BuildTo(binary string) error {
	root, err := ModuleRoot()
	if err != nil {
		return err
	}
	built := filepath.Join(root, ".cache", "weir-test")
	if err := os.MkdirAll(filepath.Dir(built), 0o755); err != nil {
		return err
	}
	unlock, err := lock(built + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if err := link(root, built); err != nil {
		return err
	}
	return place(built, binary)
}

// link runs the go command, which does nothing where the file is what it would be.
func link(root, binary string) error {
	args := []string{"build", "-o", binary}
	if flag := os.Getenv("WEIR_BUILD_FLAGS"); flag != "" {
		args = append(args, flag)
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// place copies a program. cp does it: were the file open for writing in this process, a command that another test starts
// meanwhile would inherit it for a moment, and the program could not be run ("text file busy").
func place(from, to string) error {
	if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w\n%s", err, out)
	}
	return nil
}
