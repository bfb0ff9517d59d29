"""Addresses of rectification."""

from django.urls import path

from rectification import views

urlpatterns = [
    path("tasks/", views.task_list, name="task_list"),
    path("tasks/<slug:public_id>/", views.task_page, name="task_page"),
    path("tasks/<slug:public_id>/acknowledge/", views.task_acknowledge, name="task_acknowledge"),
    path("tasks/<slug:public_id>/reply/", views.task_reply, name="task_reply"),
    path("tasks/<slug:public_id>/pass-on/", views.task_pass_on, name="task_pass_on"),
    path("tasks/<slug:public_id>/send-back/", views.task_send_back, name="task_send_back"),
    path("tasks/<slug:public_id>/accept/", views.task_accept, name="task_accept"),
    path("tasks/<slug:public_id>/funds/", views.task_funds, name="task_funds"),
    path("replies/<slug:public_id>/file/", views.reply_file, name="reply_file"),
]
