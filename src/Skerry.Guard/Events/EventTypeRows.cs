namespace Skerry.Guard.Events;

/// <summary>The rows behind <see cref="EventTypes"/>: names, kinds, categories and arguments of events, the vocabulary that Falco's rules use.</summary>
internal static class EventTypeRows
{
    /// <summary>Kinds that Falco's rules may name, of other machines and of its own engine, which never come here.</summary>
    public const string Unseen = """
        NA unknown syscall _llseek _newselect fcntl64 fstatat64 getegid32 geteuid32 getgid32 getresgid32 getresuid32 getuid32 pread64 prlimit64 pwrite64
        sendfile64 setgid32 setresgid32 setresuid32 setuid32 ugetrlimit s390_guarded_storage s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr
        s390_sthyi spu_create spu_run sched_process_exit sched_switch signal_deliver page_fault_kernel page_fault_user cpu_hotplug drop infra k8s mesos
        notification pluginevent scapevent tracer task task_file_anon_inode task_file_directory task_file_memfd task_file_pipe task_file_regular
        task_file_socket_inet task_file_socket_inet6 task_file_socket_netlink task_file_socket_unix
        """;

    /// <summary>Arguments of those kinds that no other kind has.</summary>
    public const string UnseenArguments =
        "ID action argv cpu desc description event_data event_type exe_ino_num exepath fd_type image ino_num local_ip local_port mnt_id nativeID ppid ratio"
        + " remote_ip remote_port res_or_fd root scope sid sk_pointer sk_proto sk_type start_time sun_path tags vtgid";

    /// <summary>Name, kind, category ("!" for calls that wait) and the arguments in their order, one event a line.</summary>
    public const string Detailed = """
        open syscall file fd,name,flags,mode,dev,ino
        close syscall io_other res,fd
        read syscall io_read res,data,fd,size
        write syscall io_write res,data,fd,size
        brk syscall memory res,vm_size,vm_rss,vm_swap,addr
        execve syscall process res,exe,args,tid,pid,ptid,cwd,fdlimit,pgft_maj,pgft_min,vm_size,vm_rss,vm_swap,comm,cgroups,env,tty,vpgid,loginuid,flags,cap_inheritable,cap_permitted,cap_effective,exe_ino,exe_ino_ctime,exe_ino_mtime,uid,trusted_exepath,pgid,gid,filename
        clone syscall process res,exe,args,tid,pid,ptid,cwd,fdlimit,pgft_maj,pgft_min,vm_size,vm_rss,vm_swap,comm,cgroups,flags,uid,gid,vtid,vpid,pidns_init_start_ts
        procexit tracepoint process status,ret,sig,core,reaper_tid
        socket syscall net fd,domain,type,proto,flags
        bind syscall net res,addr,fd
        connect syscall net res,tuple,fd,addr
        listen syscall net res,fd,backlog
        accept syscall net fd,tuple,queuepct,queuelen,queuemax
        send syscall io_write res,data,fd,size,tuple
        sendto syscall io_write res,data,fd,size,tuple
        recv syscall io_read res,data,fd,size,tuple
        recvfrom syscall io_read res,data,tuple,fd,size
        shutdown syscall net res,fd,how
        getsockname syscall net
        getpeername syscall net
        socketpair syscall ipc res,fd1,fd2,source,peer,domain,type,proto
        setsockopt syscall net res,fd,level,optname,val,optlen
        getsockopt syscall net res,fd,level,optname,val,optlen
        sendmsg syscall io_write res,data,fd,size,tuple
        sendmmsg syscall io_write res,fd,size,data,tuple
        recvmsg syscall io_read res,size,data,tuple,msgcontrol,fd
        recvmmsg syscall io_read res,fd,size,data,tuple,msgcontrol
        creat syscall file fd,name,mode,dev,ino,creat_flags
        pipe syscall ipc res,fd1,fd2,ino
        eventfd syscall ipc res,initval,flags
        futex syscall ipc res,addr,op,val
        stat syscall file res,path
        lstat syscall file res,path
        fstat syscall file res,fd
        stat64 syscall file res,path
        lstat64 syscall file res,path
        fstat64 syscall file res
        epoll_wait syscall wait! res,maxevents
        poll syscall wait! res,fds,timeout
        select syscall wait! res
        lseek syscall file res,fd,offset,whence
        llseek syscall file res,fd,offset,whence
        ioctl syscall io_other res,fd,request,argument
        getcwd syscall file
        chdir syscall file res,path
        fchdir syscall file res,fd
        mkdir syscall file res,path,mode
        rmdir syscall file res,path
        openat syscall file fd,dirfd,name,flags,mode,dev,ino
        link syscall file res,oldpath,newpath
        linkat syscall file res,olddir,oldpath,newdir,newpath,flags
        unlink syscall file res,path
        unlinkat syscall file res,dirfd,name,flags
        pread syscall io_read res,data,fd,size,pos
        pwrite syscall io_write res,data,fd,size,pos
        readv syscall io_read res,size,data,fd
        writev syscall io_write res,data,fd,size
        preadv syscall io_read res,size,data,fd,pos
        pwritev syscall io_write res,data,fd,size,pos
        dup syscall io_other res,oldfd
        signalfd syscall signal res,fd,mask,flags
        kill syscall signal res,pid,sig
        tkill syscall signal res,tid,sig
        tgkill syscall signal res,pid,tid,sig
        nanosleep syscall sleep! res,interval
        timerfd_create syscall time res,clockid,flags
        inotify_init syscall ipc res,flags
        getrlimit syscall process res,cur,max,resource
        setrlimit syscall process res,cur,max,resource
        prlimit syscall process res,newcur,newmax,oldcur,oldmax,pid,resource
        switch tracepoint scheduler next,pgft_maj,pgft_min,vm_size,vm_rss,vm_swap
        fcntl syscall io_other res,fd,cmd,arg
        mmap syscall memory res,vm_size,vm_rss,vm_swap,addr,length,prot,flags,fd,offset
        mmap2 syscall memory res,vm_size,vm_rss,vm_swap,addr,length,prot,flags,fd,pgoffset
        munmap syscall memory res,vm_size,vm_rss,vm_swap,addr,length
        splice syscall io_other res,fd_in,fd_out,size,flags
        ptrace syscall process res,addr,data,request,pid
        rename syscall file res,oldpath,newpath
        renameat syscall file res,olddirfd,oldpath,newdirfd,newpath
        symlink syscall file res,target,linkpath
        symlinkat syscall file res,target,linkdirfd,linkpath
        fork syscall process res,exe,args,tid,pid,ptid,cwd,fdlimit,pgft_maj,pgft_min,vm_size,vm_rss,vm_swap,comm,cgroups,flags,uid,gid,vtid,vpid,pidns_init_start_ts
        vfork syscall process res,exe,args,tid,pid,ptid,cwd,fdlimit,pgft_maj,pgft_min,vm_size,vm_rss,vm_swap,comm,cgroups,flags,uid,gid,vtid,vpid,pidns_init_start_ts
        sendfile syscall io_write res,offset,out_fd,in_fd,size
        quotactl syscall user res,special,quotafilepath,dqb_bhardlimit,dqb_bsoftlimit,dqb_curspace,dqb_ihardlimit,dqb_isoftlimit,dqb_btime,dqb_itime,dqi_bgrace,dqi_igrace,dqi_flags,quota_fmt_out,cmd,type,id,quota_fmt
        setresuid syscall user res,ruid,euid,suid
        setresgid syscall user res,rgid,egid,sgid
        close_range syscall io_other res,first,last,flags
        setuid syscall user res,uid
        setgid syscall user res,gid
        getuid syscall user uid
        geteuid syscall user euid
        getgid syscall user gid
        getegid syscall user egid
        getresuid syscall user res,ruid,euid,suid
        getresgid syscall user res,rgid,egid,sgid
        container meta process json
        signaldeliver tracepoint signal spid,dpid,sig
        procinfo meta internal cpu_usr,cpu_sys
        getdents syscall file res,fd
        getdents64 syscall file res,fd
        setns syscall process res,fd,nstype
        flock syscall file res,fd,operation
        semop syscall process res,nsops,sem_num_0,sem_op_0,sem_flg_0,sem_num_1,sem_op_1,sem_flg_1,semid
        semctl syscall process res,semid,semnum,cmd,val
        ppoll syscall wait! res,fds,timeout,sigmask
        mount syscall file res,dev,dir,type,flags
        umount syscall file res,name
        semget syscall process res,key,nsems,semflg
        access syscall file res,name,mode
        chroot syscall process res,path
        setsid syscall process res
        unshare syscall process res,flags
        page_fault tracepoint other addr,ip,error
        setpgid syscall process res,pid,pgid
        bpf syscall other fd,cmd
        seccomp syscall other res,op,flags
        mkdirat syscall file res,dirfd,path,mode
        fchmodat syscall file res,dirfd,filename,mode
        fchmodat2 syscall file res,dirfd,filename,mode
        chmod syscall file res,filename,mode
        fchmod syscall file res,fd,mode
        renameat2 syscall file res,olddirfd,oldpath,newdirfd,newpath,flags
        userfaultfd syscall file res,flags
        openat2 syscall file fd,dirfd,name,flags,mode,resolve,dev,ino
        mprotect syscall memory res,addr,length,prot
        execveat syscall process res,exe,args,tid,pid,ptid,cwd,fdlimit,pgft_maj,pgft_min,vm_size,vm_rss,vm_swap,comm,cgroups,env,tty,vpgid,loginuid,flags,cap_inheritable,cap_permitted,cap_effective,exe_ino,exe_ino_ctime,exe_ino_mtime,uid,trusted_exepath,pgid,gid
        copy_file_range syscall file res,fdout,offout,fdin,offin,len
        clone3 syscall process res,exe,args,tid,pid,ptid,cwd,fdlimit,pgft_maj,pgft_min,vm_size,vm_rss,vm_swap,comm,cgroups,flags,uid,gid,vtid,vpid,pidns_init_start_ts
        open_by_handle_at syscall file fd,mountfd,flags,path,dev,ino
        io_uring_setup syscall io_other res,entries,sq_entries,cq_entries,flags,sq_thread_cpu,sq_thread_idle,features
        io_uring_enter syscall io_other res,fd,to_submit,min_complete,flags,sig
        io_uring_register syscall io_other res,fd,opcode,arg,nr_args
        mlock syscall memory res,addr,len
        munlock syscall memory res,addr,len
        mlockall syscall memory res,flags
        munlockall syscall memory res
        capset syscall process res,cap_inheritable,cap_permitted,cap_effective
        useradded meta process uid,gid,name,home,shell,container_id
        userdeleted meta process uid,gid,name,home,shell,container_id
        groupadded meta process gid,name,container_id
        groupdeleted meta process gid,name,container_id
        dup2 syscall io_other res,oldfd,newfd
        dup3 syscall io_other res,oldfd,newfd,flags
        mlock2 syscall memory res,addr,len,flags
        fsconfig syscall system res,fd,cmd,key,value_bytebuf,value_charbuf,aux
        epoll_create syscall wait res,size
        epoll_create1 syscall wait res,flags
        chown syscall file res,path,uid,gid
        lchown syscall file res,path,uid,gid
        fchown syscall file res,fd,uid,gid
        fchownat syscall file res,dirfd,pathname,uid,gid,flags
        accept4 syscall net fd,tuple,queuepct,queuelen,queuemax,flags
        umount2 syscall file res,name,flags
        pipe2 syscall ipc res,fd1,fd2,ino,flags
        inotify_init1 syscall ipc res,flags
        eventfd2 syscall ipc res,flags,initval
        signalfd4 syscall signal res,flags,fd,mask
        prctl syscall process res,option,arg2_str,arg2_int
        asyncevent meta other plugin_id,name,data
        memfd_create syscall memory fd,name,flags
        pidfd_getfd syscall process fd,pid_fd,target_fd,flags
        pidfd_open syscall process fd,pid,flags
        init_module syscall other res,img,length,uargs
        finit_module syscall other res,fd,uargs,flags
        mknod syscall other res,path,mode,dev
        mknodat syscall other res,dirfd,path,mode,dev
        newfstatat syscall file res,dirfd,path,flags
        process_vm_readv syscall ipc res,pid,data
        process_vm_writev syscall ipc res,pid,data
        delete_module syscall other res,name,flags
        setreuid syscall user res,ruid,euid
        setregid syscall user res,rgid,egid
        keyctl syscall other res,operation,arg2,arg3,arg4,arg5
        """;

    /// <summary>System calls of which only number and result are known.</summary>
    public const string Plain = """
        restart_syscall exit time getpid alarm pause utime sync times acct umask ustat getppid getpgrp sethostname getrusage
        gettimeofday settimeofday readlink uselib swapon reboot truncate ftruncate getpriority setpriority statfs fstatfs syslog
        setitimer getitimer uname vhangup wait4 swapoff sysinfo fsync setdomainname adjtimex getpgid sysfs personality msync
        getsid fdatasync sched_setparam sched_getparam sched_setscheduler sched_getscheduler sched_yield sched_get_priority_max
        sched_get_priority_min sched_rr_get_interval mremap rt_sigaction rt_sigprocmask rt_sigpending rt_sigtimedwait
        rt_sigqueueinfo rt_sigsuspend capget getgroups setgroups setfsuid setfsgid pivot_root mincore madvise gettid setxattr
        lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr
        sched_setaffinity sched_getaffinity set_thread_area get_thread_area io_setup io_destroy io_getevents io_submit io_cancel
        exit_group epoll_ctl remap_file_pages set_tid_address timer_create timer_settime timer_gettime timer_getoverrun
        timer_delete clock_settime clock_gettime clock_getres clock_nanosleep utimes mq_open mq_unlink mq_timedsend
        mq_timedreceive mq_notify mq_getsetattr kexec_load waitid add_key request_key ioprio_set ioprio_get inotify_add_watch
        inotify_rm_watch futimesat readlinkat faccessat pselect6 set_robust_list get_robust_list tee vmsplice getcpu epoll_pwait
        utimensat timerfd_settime timerfd_gettime rt_tgsigqueueinfo perf_event_open fanotify_init clock_adjtime syncfs msgsnd
        msgrcv msgget msgctl shmdt shmget shmctl statfs64 fstatfs64 bdflush sigprocmask ipc socketcall sgetmask ssetmask
        sigpending olduname signal nice stime waitpid arch_prctl shmat rt_sigreturn fallocate sigaltstack getrandom fadvise64
        fspick fsmount fsopen open_tree move_mount mount_setattr memfd_secret ioperm kexec_file_load pidfd_send_signal pkey_alloc
        pkey_mprotect pkey_free landlock_create_ruleset quotactl_fd landlock_restrict_self landlock_add_rule epoll_pwait2
        migrate_pages move_pages preadv2 pwritev2 kcmp sched_setattr mbind epoll_ctl_old lookup_dcookie modify_ldt statx
        set_mempolicy io_pgetevents set_mempolicy_home_node semtimedop get_kernel_syms readahead futex_waitv getpmsg
        name_to_handle_at process_mrelease nfsservctl epoll_wait_old rseq create_module sched_getattr faccessat2 _sysctl
        query_module get_mempolicy sync_file_range process_madvise membarrier iopl fanotify_mark timerfd sigaction readdir
        sigsuspend idle sigreturn cachestat map_shadow_stack riscv_flush_icache riscv_hwprobe futex_wake futex_requeue
        futex_wait oldstat switch_endian multiplexer oldlstat sync_file_range2 oldfstat swapcontext pciconfig_write rtas
        pciconfig_read sys_debug_setcontext vm86 oldolduname subpage_prot pciconfig_iobase listmount statmount lsm_get_self_attr
        lsm_set_self_attr lsm_list_modules mseal uretprobe removexattrat listxattrat getxattrat setxattrat open_tree_attr
        file_getattr file_setattr listns uprobe rseq_slice_yield
        """;
}
