package local

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary is three programs: the tests, the supervisor that the driver starts, and the
// services that it supervises.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "supervise":
			if err := quickSupervisor().Run(context.Background(), os.Args[2:]); err != nil {
				os.Exit(1)
			}
			os.Exit(0)
		case "service":
			services()[os.Args[2]](os.Args[3:])
			os.Exit(0)
		}
	}
	code := m.Run()
	left := leftovers()
	for n := 0; len(left) > 0 && n < 50; n++ { // one that has let go of its slot may still be about to exit
		time.Sleep(100 * time.Millisecond)
		left = leftovers()
	}
	if len(left) > 0 {
		fmt.Fprintln(os.Stderr, "the tests have left these running:", left)
		code = 1
	}
	os.Exit(code)
}

// quickSupervisor waits so little that the tests need not.
func quickSupervisor() Supervisor {
	return Supervisor{
		FirstWait: 20 * time.Millisecond, LastWait: 100 * time.Millisecond, GoodTime: time.Minute,
		LogBytes: 64 << 10, LogPoll: 10 * time.Millisecond,
	}
}

// leftovers are the supervisors and services of this binary that still run.
func leftovers() []string {
	self, err := os.Executable()
	if err != nil {
		return []string{err.Error()}
	}
	all, err := exec.Command("ps", "-axo", "args=").Output()
	if err != nil {
		return []string{err.Error()}
	}
	var left []string
	for line := range strings.Lines(string(all)) {
		if strings.HasPrefix(line, self+" supervise ") || strings.HasPrefix(line, self+" service ") {
			left = append(left, line)
		}
	}
	return left
}

// services are what the tests deploy, by name.
func services() map[string]func(args []string) {
	return map[string]func([]string){
		"http":     serveHTTP,
		"exit":     exitAtOnce,
		"silent":   func([]string) { silent() },
		"stubborn": func([]string) { signal.Ignore(syscall.SIGTERM); fmt.Println("stubborn"); silent() },
		"graceful": graceful,
		"count":    count,
		"family":   family,
		"flood":    flood,
		"say":      say,
	}
}

// silent runs, and does nothing. (An empty select would be found out as a deadlock.)
func silent() { time.Sleep(time.Hour) }

// serveHTTP PORT: a web server; it ends at once while the file $HOME/crash of its instance is
// there.
func serveHTTP(args []string) {
	if _, err := os.Stat(crashFile()); err == nil {
		os.Exit(3)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "ok %s %s", os.Getenv("SLOT"), r.Header.Get("X-Check"))
	})
	mux.HandleFunc("/environment", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(os.Environ())
	})
	mux.HandleFunc("/folder", func(w http.ResponseWriter, _ *http.Request) {
		dir, _ := os.Getwd()
		fmt.Fprint(w, dir)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/health", http.StatusFound) })
	mux.HandleFunc("/sick", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	mux.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { time.Sleep(5 * time.Second) })
	mux.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { os.Exit(3) })
	fmt.Println("serving on", args[0])
	fmt.Fprintln(os.Stderr, http.ListenAndServe("127.0.0.1:"+args[0], mux))
	os.Exit(1)
}

// crashFile is beside the folder of the revision, whose path the service's folder is.
func crashFile() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir + ".crash"
}

func exitAtOnce(args []string) {
	code, err := strconv.Atoi(args[0])
	if err != nil {
		panic(err)
	}
	fmt.Println("leaving with", code)
	os.Exit(code)
}

// graceful FILE: at SIGTERM it has another process write the file, as a program does that
// saves its work when it is stopped.
func graceful(args []string) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	fmt.Println("ready")
	<-stop
	helper := exec.Command("/bin/sh", "-c", `sleep 0.2; echo saved >"$1"`, "sh", args[0])
	if err := helper.Run(); err != nil {
		os.Exit(1)
	}
}

// count: writes a line at each SIGTERM, and stays.
func count([]string) {
	stop := make(chan os.Signal, 9)
	signal.Notify(stop, syscall.SIGTERM)
	fmt.Println("ready")
	for range stop {
		fmt.Println("told to stop")
	}
}

// family FILE: starts a child, and a daemon in a session of its own, writes their pids, and
// with a second argument ends without them.
func family(args []string) {
	child := exec.Command(os.Args[0], "service", "stubborn")
	daemon := exec.Command(os.Args[0], "service", "silent")
	daemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	for _, c := range []*exec.Cmd{child, daemon} {
		if err := c.Start(); err != nil {
			panic(err)
		}
	}
	pids := fmt.Sprintf("%d %d %d", os.Getpid(), child.Process.Pid, daemon.Process.Pid)
	if err := os.WriteFile(args[0]+".new", []byte(pids), 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(args[0]+".new", args[0]); err != nil {
		panic(err)
	}
	if len(args) == 1 {
		silent()
	}
}

// flood LINES: writes so many numbered lines of 100 bytes, a thousand at a time, and stays.
func flood(args []string) {
	lines, err := strconv.Atoi(args[0])
	if err != nil {
		panic(err)
	}
	for n := range lines {
		fmt.Printf("%-99d\n", n)
		if n%1000 == 999 {
			time.Sleep(20 * time.Millisecond)
		}
	}
	silent()
}

// say TEXT: writes it without end, a line at a time, so that a test sees where output stops.
func say(args []string) {
	for n := 0; ; n++ {
		fmt.Println(args[0], n)
		time.Sleep(5 * time.Millisecond)
	}
}
