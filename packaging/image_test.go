package packaging

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"weir/gateway/realtest"
)

// pointer is how one blob names another.
type pointer struct {
	MediaType, Digest string
	Size              int64
}

// blob reads what a pointer names, and holds it against digest and size.
func (p pointer) blob(t *testing.T, layout string) (path string, text []byte) {
	t.Helper()
	digest, ok := strings.CutPrefix(p.Digest, "sha256:")
	path = filepath.Join(layout, "blobs", "sha256", digest)
	text, err := os.ReadFile(path)
	sum := sha256.Sum256(text)
	if !ok || err != nil || hex.EncodeToString(sum[:]) != digest || int64(len(text)) != p.Size {
		t.Fatalf("%s %s: %v, %d bytes", p.MediaType, p.Digest, err, len(text))
	}
	return path, text
}

type image struct {
	User                   string
	Entrypoint, Cmd, Env   []string
	ExposedPorts, Volumes  map[string]any
	WorkingDir, StopSignal string
	Healthcheck            struct{ Test []string }
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// TestTheImage builds the image, unpacks it as an engine does, and runs what is in it, as its user and with its words.
func TestTheImage(t *testing.T) {
	if os.Getuid() != 0 {
		realtest.Skip(t, errors.New("to run as another user in another root needs root"))
	}
	t.Setenv("CGO_ENABLED", "0") // nothing is in the image that a dynamic program would need
	dir := t.TempDir()
	build := exec.Command("image/build", "1.0.0", dir)
	build.Env = append(os.Environ(), "WEIR_BINARY="+realtest.Build(t))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	layout, root := filepath.Join(dir, "oci"), filepath.Join(dir, "root")
	if err := errors.Join(os.Mkdir(layout, 0o755), os.Mkdir(root, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	run(t, "tar", "-xf", filepath.Join(dir, "weir_1.0.0.oci.tar"), "-C", layout)
	var index struct{ Manifests []pointer }
	text, err := os.ReadFile(filepath.Join(layout, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if decode(t, text, &index); len(index.Manifests) != 1 {
		t.Fatalf("%d manifests", len(index.Manifests))
	}
	var manifest struct {
		Config pointer
		Layers []pointer
	}
	_, text = index.Manifests[0].blob(t, layout)
	decode(t, text, &manifest)
	var config struct {
		Config image
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	_, text = manifest.Config.blob(t, layout)
	decode(t, text, &config)
	layer, _ := manifest.Layers[0].blob(t, layout)
	plain, err := exec.Command("gzip", "-dc", layer).Output()
	sum := sha256.Sum256(plain)
	if err != nil || !slices.Equal(config.RootFS.DiffIDs, []string{"sha256:" + hex.EncodeToString(sum[:])}) {
		t.Errorf("the layer's content is not what the config says: %v", err)
	}
	run(t, "tar", "--numeric-owner", "--same-owner", "-xpzf", layer, "-C", root)
	config.Config.serve(t, root)
}

// serve runs an image: in its root, as its user, without any privilege.
func (i image) serve(t *testing.T, root string) {
	t.Helper()
	if i.User != "65532:65532" || i.StopSignal != "SIGTERM" || i.Volumes[i.WorkingDir] == nil || i.ExposedPorts["2525/tcp"] == nil {
		t.Errorf("config %+v", i)
	}
	// The test's own ports: the image's may be somebody's here.
	addr, metrics := realtest.FreeAddr(t), realtest.FreeAddr(t)
	file := filepath.Join(root, "etc/weir/weir.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(text), `":2525"`, `"`+addr+`"`, 1) + "[metrics]\nlisten = \"" + metrics + "\"\n"
	own = strings.Replace(own, `"mail:25"`, `"`+sink(t)+`"`, 1)
	if err := os.WriteFile(file, []byte(own), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := i.command(root, append(i.Entrypoint, i.Cmd...))
	log, err := os.Create(filepath.Join(filepath.Dir(root), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			if out, err := i.command(root, i.Healthcheck.Test[1:]).CombinedOutput(); err == nil {
				break
			} else if time.Now().After(end) {
				t.Fatalf("the health check says %s", out)
			}
		}
		if time.Now().After(end) {
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("it does not listen: %s", said)
		}
	}
	c, err := realtest.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	o := c.Send("ann@client.example", []string{"bob@example.com"}, "From: ann@client.example\r\nSubject: Lunch\r\n\r\nAt noon?\r\n")
	if _ = c.Quit(); !o.Accepted {
		t.Errorf("mail: %d %s %v", o.Code, o.Text, o.Err)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	if err := i.command(root, i.Healthcheck.Test[1:]).Run(); err == nil {
		t.Error("the health check finds well what is not there")
	}
}

func (i image) command(root string, words []string) *exec.Cmd {
	return &exec.Cmd{Path: words[0], Args: words, Env: i.Env, Dir: i.WorkingDir, SysProcAttr: &syscall.SysProcAttr{
		Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532},
	}}
}

func sink(t *testing.T) string {
	t.Helper()
	s, err := realtest.NewSink(func(realtest.Mail) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Addr
}
