using Skerry.Contracts.Guest.V1;
using Skerry.Contracts.Ttrpc;
using Skerry.Guest.Loop;

namespace Skerry.Guest.Containers;

/// <summary>Makes a container stand still, or go on, and answers when it does.</summary>
internal static class Freezer
{
    private const int PatienceMilliseconds = 10_000;

    public static void Set(EventLoop loop, ContainerCgroup cgroup, bool frozen, TtrpcServerStream answer)
    {
        cgroup.Set("cgroup.freeze", frozen ? "1" : "0");
        Await(loop, cgroup, frozen, Environment.TickCount64 + PatienceMilliseconds, answer);
    }

    private static void Await(EventLoop loop, ContainerCgroup cgroup, bool frozen, long deadline, TtrpcServerStream answer)
    {
        if (cgroup.IsFrozen == frozen)
        {
            answer.Answer(new FreezeResponse());
        }
        else if (Environment.TickCount64 >= deadline)
        {
            answer.Fail(TtrpcStatusCode.Unavailable, $"the container's processes do not {(frozen ? "stand still" : "go on")} after {PatienceMilliseconds / 1000} s");
        }
        else
        {
            loop.After(2, () => Await(loop, cgroup, frozen, deadline, answer));
        }
    }
}
