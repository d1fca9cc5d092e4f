package realtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// fetchLimit bounds one apt-get run; a hanging mirror must not hang the tests.
const fetchLimit = 3 * time.Minute

// apt asks Debian's package tools. With private set it keeps package lists of its own in the cache folder and
// refreshes them, which needs no root and leaves the machine's lists as they are.
type apt struct {
	cache   string
	private bool
	updated bool
}

var instLine = regexp.MustCompile(`(?m)^Inst (\S+) (?:\[[^]]*\] )?\((\S+)`)

// wanted lists, as name=version, what installing a package would bring: the package and those it needs that the
// machine lacks. It is a simulation: nothing is installed.
func (a *apt) wanted(ctx context.Context, name string) ([]string, error) {
	if a.private && !a.updated {
		if _, err := a.run(ctx, "", "update"); err != nil {
			return nil, err
		}
		a.updated = true
	}
	text, err := a.run(ctx, "", "install", "--simulate", "--no-install-recommends", name)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, m := range instLine.FindAllSubmatch(text, -1) {
		list = append(list, string(m[1])+"="+string(m[2]))
	}
	return list, nil
}

// unpack fetches packages and unpacks them all into dir, which appears only when it is complete.
func (a *apt) unpack(ctx context.Context, packages []string, dir string) error {
	tmp, err := os.MkdirTemp(a.cache, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if _, err := a.run(ctx, tmp, append([]string{"download"}, packages...)...); err != nil {
		return err
	}
	files, _ := filepath.Glob(filepath.Join(tmp, "*.deb"))
	if len(files) != len(packages) {
		return fmt.Errorf("apt-get download: %d files for %q", len(files), packages)
	}
	root := filepath.Join(tmp, "root")
	for _, f := range files {
		if out, err := exec.CommandContext(ctx, "dpkg", "-x", f, root).CombinedOutput(); err != nil {
			return fmt.Errorf("dpkg -x %s: %w: %s", filepath.Base(f), err, out)
		}
	}
	return errors.Join(os.Chmod(root, 0o755), os.Rename(root, dir))
}

func (a *apt) run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	options := []string{"-qq", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=2", "-o", "Debug::NoLocking=1"}
	if args[0] == "install" {
		options = options[1:] // -qq would hide the list
	}
	if a.private {
		options = append(options, a.privateState()...)
	}
	cmd := exec.CommandContext(ctx, "apt-get", append(options, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("apt-get %s: %w: %s", args[0], err, bytes.TrimSpace(problems.Bytes()))
	}
	return out.Bytes(), nil
}

func (a *apt) privateState() []string {
	state := filepath.Join(a.cache, "apt")
	for _, sub := range []string{"state/lists/partial", "cache/archives/partial"} {
		_ = os.MkdirAll(filepath.Join(state, sub), 0o755) // apt-get says what is wrong
	}
	return []string{
		"-o", "Dir::State=" + filepath.Join(state, "state"),
		"-o", "Dir::Cache=" + filepath.Join(state, "cache"),
		"-o", "Dir::State::status=/var/lib/dpkg/status",
	}
}
