package local

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"rel/state"
)

// The test binary is also the other processes: what it is to do stands in this variable.
const roleVariable = "REL_STATE_LOCAL_ROLE"

func TestMain(m *testing.M) {
	roles := map[string]func(root string){"hold": hold, "append": appendForever}
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		role(os.Args[1])
		return
	}
	os.Exit(m.Run())
}

// hold tries for the lease when it is told to, says how that went, and then waits.
func hold(root string) {
	in := bufio.NewReader(os.Stdin)
	fmt.Println("ready")
	if _, err := in.ReadString('\n'); err != nil {
		return
	}
	lease, err := Open(root, time.Now).Acquire(context.Background(), "e", Self("ann", "apply"))
	if err != nil {
		fmt.Println("lost", err)
	} else {
		fmt.Println("won", lease.Number)
	}
	_, _ = io.Copy(io.Discard, in) // until the parent lets go, or kills
}

// appendForever appends one record after the other and says which are acknowledged.
func appendForever(root string) {
	j, records, err := Open(root, time.Now).OpenJournal(context.Background(), "e", 1)
	for n := len(records) + 1; err == nil; n++ {
		err = j.Append(context.Background(), state.Record{Time: time.Now().UTC(), Type: state.Begin, Step: strconv.Itoa(n)})
		if err == nil {
			fmt.Println(n)
		}
	}
	fmt.Println("failed", err)
}

// process is another process of this test.
type process struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(t *testing.T, role, root string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], root)}
	p.Env = append(os.Environ(), roleVariable+"="+role)
	p.Stderr = os.Stderr
	var err error
	p.in, err = p.StdinPipe()
	require.NoError(t, err)
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewReader(out)
	require.NoError(t, p.Start())
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

func (p *process) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

// holding starts a process that tries for the lease, and tells whether it has it.
func holding(t *testing.T, root string) (*process, string) {
	t.Helper()
	p := start(t, "hold", root)
	require.Equal(t, "ready", p.line(t))
	p.try(t)
	return p, p.line(t)
}

func (p *process) try(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(p.in, "go\n")
	require.NoError(t, err)
}

// Of several processes that want the lease at once exactly one gets it.
func TestOfSeveralProcessesOneWins(t *testing.T) {
	root := t.TempDir()
	all := make([]*process, 6)
	for i := range all {
		all[i] = start(t, "hold", root)
	}
	for _, p := range all {
		require.Equal(t, "ready", p.line(t))
	}
	for _, p := range all {
		p.try(t)
	}
	won := 0
	for _, p := range all {
		said := p.line(t)
		if said == "won 1" {
			won++
			continue
		}
		require.Contains(t, said, state.ErrLocked.Error())
	}
	require.Equal(t, 1, won)
}

// The lease of a process that was killed is taken over at once, whether or not its parent
// has asked about its end; that of one that merely hangs is not.
func TestKilledHolderIsTakenOver(t *testing.T) {
	root := t.TempDir()
	first, said := holding(t, root)
	require.Equal(t, "won 1", said)
	require.NoError(t, first.Process.Signal(syscall.SIGSTOP))
	_, said = holding(t, root)
	require.Contains(t, said, "lost", "it hangs, but lives")

	require.NoError(t, first.Process.Kill())
	requireEnded(t, first)
	zombie := Self("ann", "apply")
	zombie.PID, zombie.Start = first.Process.Pid, ""
	require.True(t, isDead(zombie), "also where its start is not known")
	second, said := holding(t, root)
	require.Equal(t, "won 2", said, "a zombie")

	require.NoError(t, second.Process.Kill())
	require.Error(t, second.Wait())
	_, said = holding(t, root)
	require.Equal(t, "won 3", said, "gone")
}

// requireEnded waits until the process has ended, and leaves it to its parent to ask.
func requireEnded(t *testing.T, p *process) {
	t.Helper()
	_, err := io.Copy(io.Discard, p.out) // its end of the pipe is closed when it ends
	require.NoError(t, err)
	require.Eventually(t, func() bool { return startOf(p.Process.Pid) == ended }, 5*time.Second, time.Millisecond)
}

// Every record that was acknowledged to a process that was killed then is in the journal,
// and the next process goes on behind it.
func TestKilledWriterLosesNothing(t *testing.T) {
	root := t.TempDir()
	acknowledged := 0
	for range 3 {
		p := start(t, "append", root)
		for range 20 {
			n, err := strconv.Atoi(p.line(t))
			require.NoError(t, err)
			acknowledged = n
		}
		require.NoError(t, p.Process.Kill())
		for { // what it said before it was killed
			line, err := p.out.ReadString('\n')
			if err != nil {
				break
			}
			acknowledged, err = strconv.Atoi(strings.TrimSpace(line))
			require.NoError(t, err)
		}
		records, err := Open(root, time.Now).ReadJournal(t.Context(), "e", 1)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(records), acknowledged)
		for i, r := range records {
			require.Equal(t, strconv.Itoa(i+1), r.Step)
		}
	}
}

// Others on the machine must not read what is live where, nor who deployed it.
func TestFilesArePrivate(t *testing.T) {
	root := filepath.Join(t.TempDir(), "state", "rel")
	b := Open(root, time.Now)
	s := state.State{FormatVersion: state.FormatVersion, Serial: 1, Environment: "e"}
	require.NoError(t, b.WriteState(t.Context(), "e", s, 0))
	_, err := b.Acquire(t.Context(), "e", Self("ann", "apply"))
	require.NoError(t, err)
	require.NoError(t, b.PutPlan(t.Context(), "e", 1, []byte("plan")))
	j, _, err := b.OpenJournal(t.Context(), "e", 1)
	require.NoError(t, err)
	require.NoError(t, j.Close())

	found := map[string]fs.FileMode{}
	require.NoError(t, filepath.Walk(filepath.Dir(root), func(path string, info fs.FileInfo, err error) error {
		require.NoError(t, err)
		name, err := filepath.Rel(root, path)
		found[name] = info.Mode()
		return err
	}))
	require.Equal(t, map[string]fs.FileMode{
		"..": fs.ModeDir | 0o700, ".": fs.ModeDir | 0o700, "e": fs.ModeDir | 0o700,
		"e/deployments": fs.ModeDir | 0o700, "e/deployments/1": fs.ModeDir | 0o700,
		"e/deployments/1/plan.relplan": 0o600, "e/deployments/1/journal": 0o600,
		"e/state.json": 0o600, "e/lock": 0o600, "e/lock.flock": 0o600,
	}, found)
}

// Planning reads a state where there may be none: that leaves no trace.
func TestReadingMakesNothing(t *testing.T) {
	root := filepath.Join(t.TempDir(), "rel")
	b := Open(root, time.Now)
	_, err := b.ReadState(t.Context(), "e")
	require.ErrorIs(t, err, state.ErrNotFound)
	_, err = b.Lease(t.Context(), "e")
	require.ErrorIs(t, err, state.ErrNotFound)
	_, err = b.ReadJournal(t.Context(), "e", 1)
	require.ErrorIs(t, err, state.ErrNotFound)
	_, err = b.Environments(t.Context())
	require.NoError(t, err)
	_, err = b.Deployments(t.Context(), "e")
	require.NoError(t, err)
	require.NoFileExists(t, root)
	require.NoDirExists(t, root)
}
