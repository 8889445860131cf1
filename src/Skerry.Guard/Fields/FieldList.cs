using Skerry.Guard.Events;

namespace Skerry.Guard.Fields;

/// <summary>Takes several texts from an event; false where nothing is known, which is not the same as none.</summary>
internal delegate bool FieldList(KernelEvent e, FieldArgument argument, List<Text> into);
